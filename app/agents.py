"""The named endpoints as tools for agents: an MCP server at ``/gradio_api/mcp/``.

Gradio makes the server; what it lacks is added here: a description of each parameter, lists of
pictures (its schema for them is not valid), and stills that come back as pictures.
"""

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import gradio.mcp
from gradio.block_function import BlockFunction
from gradio.utils import get_upload_folder
from gradio_client.utils import is_file_obj_with_meta, traverse

from app.endpoints import CLIENT_NOTE


class AgentTools(gradio.mcp.GradioMCPServer):
    """One tool per public endpoint."""

    @property
    def _file_data_tool_description(self) -> str:
        return " Pictures are http(s) or data: URLs; what one tool made can be given to another."

    def get_fn_description(
        self, block_fn: BlockFunction, tool_name: str
    ) -> tuple[str, dict[str, str]]:
        """What the tool does, and its parameters by the labels they have in the API docs."""
        description, parameters = super().get_fn_description(block_fn, tool_name)
        labels = [str(component.label) for component in block_fn.inputs]
        return description.replace(CLIENT_NOTE, ""), dict(zip(parameters, labels, strict=False))

    def get_input_schema(
        self, tool_name: str, parameters: dict[str, str] | None = None
    ) -> tuple[dict[str, Any], list[list[str | int]]]:
        """The tool's JSON schema; Gradio's own refers to definitions that are not there."""
        schema, files = super().get_input_schema(tool_name, parameters)
        for parameter in schema["properties"].values():
            parameter.pop("$defs", None)
            parameter.pop("additional_description", None)
            parameter.get("items", {}).pop("$ref", None)
            if parameter.get("type") == {}:  # Gradio's word for any JSON, but no type
                parameter |= {"type": "object", "additionalProperties": {"type": "number"}}
        return schema, files

    def convert_strings_to_filedata(
        self, value: Any, filedata_positions: list[list[str | int]]
    ) -> Any:
        """URLs to files; a list of files is marked by its items, whatever their number."""
        lists = [position[0] for position in filedata_positions if position[1:] == ["items"]]
        each = [[name, index] for name in lists for index in range(len(value.get(name) or ()))]
        files = super().convert_strings_to_filedata(value, [*filedata_positions, *each])
        return traverse(files, self._here, is_file_obj_with_meta)

    def _here(self, file: dict[str, Any]) -> dict[str, Any]:
        """A file that this app has made itself: Gradio downloads nothing from its own machine."""
        _, is_file, path = str(file["path"]).partition("/gradio_api/file=")
        folders = (get_upload_folder(), *self.blocks.allowed_paths)
        found = Path(unquote(path)).resolve()
        if is_file and any(found.is_relative_to(Path(folder).resolve()) for folder in folders):
            return {**file, "path": str(found)} if found.is_file() else file
        return file

    def postprocess_output_data(self, data: Any, root_url: str) -> Any:
        """Files as pictures and URLs, those in a list like those alone; all else as JSON."""
        flat: list[Any] = []
        for output in data:
            if isinstance(output, list) and output and all(map(is_file_obj_with_meta, output)):
                flat += output
            elif isinstance(output, dict | list) and not is_file_obj_with_meta(output):
                flat.append(json.dumps(output, ensure_ascii=False))  # Gradio writes Python
            else:
                flat.append(output)
        return super().postprocess_output_data(flat, root_url)


def offer_tools() -> None:
    """Let ``launch(mcp_server=True)`` make the server of this module."""
    gradio.mcp.GradioMCPServer = AgentTools
