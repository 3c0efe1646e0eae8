"""Settings come from the environment, or name the variable that is wrong."""

import pytest

from app.settings import Settings


def test_what_is_not_set_keeps_its_default() -> None:
    settings = Settings.from_environment({"LOOKREEL_PORT": "9000", "UNRELATED": "x"})
    assert settings == Settings(port=9000)


def test_a_wrong_value_is_named() -> None:
    with pytest.raises(ValueError, match="LOOKREEL_PORT must be of type int, not 'many'"):
        Settings.from_environment({"LOOKREEL_PORT": "many"})


@pytest.mark.parametrize(("text", "expected"), [("false", False), ("0", False), ("True", True)])
def test_a_switch_is_on_or_off(text: str, expected: bool) -> None:
    settings = Settings.from_environment({"LOOKREEL_MCP_SERVER": text})
    assert settings.mcp_server is expected


def test_a_switch_is_nothing_else() -> None:
    with pytest.raises(ValueError, match="LOOKREEL_MCP_SERVER must be of type bool, not 'perhaps'"):
        Settings.from_environment({"LOOKREEL_MCP_SERVER": "perhaps"})
