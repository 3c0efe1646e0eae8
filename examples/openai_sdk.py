"""A prompt to a clip straight from the backend, with the unmodified OpenAI client.

python examples/openai_sdk.py "a man in a navy suit turning around in a studio" clip.mp4
"""

import argparse

from openai import OpenAI


def main() -> None:
    """Create, poll, download; a failed job is told, not saved."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prompt")
    parser.add_argument("output", nargs="?", default="clip.mp4")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()

    client = OpenAI(base_url=f"{options.url}/v1", api_key="none")
    # What OpenAI's API has no name for travels in extra_body, by diffusers' keyword names.
    video = client.videos.create_and_poll(
        prompt=options.prompt, extra_body={"seed": options.seed, "num_frames": 17}
    )
    if video.error:
        raise SystemExit(f"{video.id} failed: {video.error.message}")
    client.videos.download_content(video.id).write_to_file(options.output)
    print(f"saved {options.output} ({video.seconds} s, {video.size})")


if __name__ == "__main__":
    main()
