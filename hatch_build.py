"""Puts models/, tools/, configs/ and web/ into a wheel as voiceagent/_bundled/.

An editable install finds them in the checkout.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = ("models", "tools", "configs", "web")
CODE = (".py", ".js", ".html", ".css", ".svg")
DATA = (".yaml", ".yml", ".json", ".md", ".txt", ".npz", ".wav")


class BundleHook(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        for file in self.bundled():
            build_data["force_include"][str(Path(self.root, file))] = f"voiceagent/_bundled/{file}"

    def bundled(self) -> Iterator[str]:
        """Every file of a known kind that git does not ignore, relative to the root."""
        root = Path(self.root)
        for file in sorted(file for folder in FOLDERS for file in (root / folder).rglob("*")):
            name = file.relative_to(root).as_posix()
            if file.suffix in CODE + DATA and file.is_file() and not self.ignored(name):
                yield name

    def ignored(self, name: str) -> bool:
        return bool(self.build_config.path_is_excluded(name))
