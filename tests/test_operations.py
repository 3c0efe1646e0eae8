"""Models, health, metrics, and the errors of the framework itself."""

from serve.protocol import Readiness
from tests.api import MODELS, Api, error_of


async def test_routes_and_methods_that_do_not_exist_are_openai_errors(api: Api) -> None:
    assert error_of(await api.get("/v1/nothing"), 404)["code"] == "not_found"
    assert error_of(await api.put("/v1/videos"), 405)["code"] == "method_not_allowed"
    for path in ("", "/content", "/events", "/preview", "/input/0"):
        error = error_of(await api.get(f"/v1/videos/video_none{path}"), 404)
        assert error["code"] == "job_not_found"


async def test_models_are_listed_with_what_they_can_and_how_they_stand(api: Api) -> None:
    api.states["croquis-tryon"] = (Readiness.LOADING, "reading weights")
    cards = (await api.get("/v1/models")).json()
    assert cards["object"] == "list"
    assert [card["id"] for card in cards["data"]] == list(MODELS)
    others = ["ready"] * (len(MODELS) - 2)
    assert [card["readiness"] for card in cards["data"]] == ["ready", "loading", *others]
    assert cards["data"][1]["detail"] == "reading weights"
    assert cards["data"][2]["limits"]["max_garments"] == 8
    card = (await api.get("/v1/models/black-forest-labs/FLUX.2-klein-4B")).json()
    assert card["id"] == "flux.2-klein-4b"
    assert error_of(await api.get("/v1/models/x"), 404)["code"] == "model_not_found"


async def test_health_tells_loading_from_degraded_from_down(api: Api) -> None:
    answer = await api.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    api.states["croquis-t2v"] = (Readiness.LOADING, "")
    assert (await api.get("/health")).json()["status"] == "loading"
    api.states["croquis-t2v"] = (Readiness.FAILED, "no weights")
    answer = await api.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    for model in MODELS:
        api.states[model] = (Readiness.FAILED, "no weights")
    assert (await api.get("/health")).status_code == 503
    refused = await api.post("/v1/videos", json={"prompt": "x"})
    assert "no weights" in error_of(refused, 503)["message"]


async def test_metrics_measure_requests_by_route(api: Api) -> None:
    await api.get("/v1/videos/video_none")
    text = (await api.get("/metrics")).text
    labels = 'method="GET",route="/v1/videos/{job_id}",status="404"'
    assert f"lookreel_request_seconds_count{{{labels}}} 1.0" in text
    assert 'lookreel_queued_jobs{model="croquis-t2v"} 0.0' in text


async def test_the_api_describes_itself(api: Api) -> None:
    schema = (await api.get("/openapi.json")).json()
    body = schema["paths"]["/v1/videos"]["post"]["requestBody"]["content"]
    fields = body["multipart/form-data"]["schema"]["properties"]
    assert {"prompt", "garment", "input_reference", "num_frames"} <= fields.keys()
    assert (await api.get("/")).json()["openapi"] == "/openapi.json"
