"""The tree that the lines of a Claude Code stream form: active path, branches, parents of merged messages."""

from __future__ import annotations

from typing import NamedTuple

ANNOTATIONS = frozenset({"tool_result", "attachment", "progress"})
"""Entry types that hang on an entry and do not carry the conversation on."""
TURNS = frozenset({"message", "agent_prompt", "command", "bash_execution", "interrupt"})
"""Entry types that carry it on: two of them below one entry are two ways that the conversation took."""


class Node(NamedTuple):
    """A line that has a uuid."""

    uuid: str
    parent: str | None
    entry_index: int
    is_first: bool
    """False for the second and later lines of an API message."""
    is_turn: bool
    is_annotation: bool
    is_root: bool
    """True where the line says that it has no parent; one that says nothing follows the line before it."""
    logical_parent: str | None = None
    """The line before it across a compaction."""


class Tree:
    """The nodes of one stream, in file order; the first line of a uuid stands."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._by_uuid: dict[str, Node] = {}
        self._before: dict[str, str] = {}
        self._extra: dict[str, list[str]] = {}

    def __contains__(self, uuid: str | None) -> bool:
        return uuid in self._by_uuid

    def add(self, node: Node) -> None:
        """The next line of the stream."""
        if node.uuid in self._by_uuid:
            return
        if self.nodes:
            self._before[node.uuid] = self.nodes[-1].uuid
        self._by_uuid[node.uuid] = node
        self.nodes.append(node)

    def link(self, uuid: str, earlier: str) -> None:
        """Another way up, for messages that a compaction kept: they follow its summary."""
        self._extra.setdefault(uuid, []).append(earlier)

    def entry_parent(self, uuid: str | None) -> str | None:
        """The id of the entry that a line's parent belongs to.

        An API message is known by its first line. Where a result stands between its lines, what follows a later line
        follows that result, so that the entries form one chain as the lines do.
        """
        seen: set[str] = set()
        while uuid is not None and uuid not in seen:
            node = self._by_uuid.get(uuid)
            if node is None or node.is_first or node.parent is None:
                return uuid
            seen.add(uuid)
            uuid = node.parent
        return uuid

    def active_entries(self) -> set[int]:
        """Indexes of the entries that the last message of the stream follows, with the results and notes on them."""
        leaf = next((node for node in reversed(self.nodes) if not node.is_annotation), None)
        leaf = leaf or (self.nodes[-1] if self.nodes else None)
        pending = [] if leaf is None else [leaf.uuid]
        reached: set[str] = set()
        while pending:
            uuid = pending.pop()
            if uuid not in reached:
                reached.add(uuid)
                pending += self._above(uuid)
        active = {node.entry_index for node in self.nodes if node.uuid in reached}
        anchors = self._anchors()
        for node in self.nodes:
            anchor = anchors.get(node.uuid)
            if node.is_annotation and (anchor is None or anchor in active):
                active.add(node.entry_index)
        return active

    def branches(self) -> list[int]:
        """Indexes of the entries that take the conversation on from an entry that another one already follows."""
        anchors = self._anchors()
        continued: set[int | None] = set()
        found = []
        for node in self.nodes:
            if not (node.is_turn and node.is_first):
                continue
            above = self._above(node.uuid)
            anchor = anchors.get(above[0]) if above else None
            if anchor in continued:
                found.append(node.entry_index)
            continued.add(anchor)
        return found

    def _above(self, uuid: str) -> list[str]:
        """Lines that a line follows. One whose parent is not in the file follows the line before it."""
        node = self._by_uuid[uuid]
        named = (node.parent, node.logical_parent, *self._extra.get(uuid, ()))
        above = [name for name in named if name in self._by_uuid]
        if not above and not (node.is_root and node.logical_parent is None) and uuid in self._before:
            above.append(self._before[uuid])
        return above

    def _anchors(self) -> dict[str, int | None]:
        """Of each line the entry of the nearest turn at or above it; None above all turns."""
        anchors: dict[str, int | None] = {}
        for node in self.nodes:
            path: list[str] = []
            current: str | None = node.uuid
            anchor = None
            while current is not None and current not in anchors:
                anchors[current] = None
                path.append(current)
                if self._by_uuid[current].is_turn:
                    anchor = self._by_uuid[current].entry_index
                    break
                current = next(iter(self._above(current)), None)
            else:
                anchor = anchors.get(current) if current is not None else None
            for uuid in path:
                anchors[uuid] = anchor
        return anchors
