"""The lines of a Claude Code session file, decoded so that a field of a wrong type costs that field alone."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, TypeVar, cast, get_args, get_origin, get_type_hints

import msgspec

S = TypeVar("S", bound=msgspec.Struct)

Timestamp = str | int | float | None
"""ISO 8601 text, or an epoch number in milliseconds."""

Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A number that fits the landed column."""

FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
NO_RAW = msgspec.Raw()


class TokenDetails(msgspec.Struct, gc=False):
    thinking_tokens: Count | None = None


class Usage(msgspec.Struct, gc=False):
    """Token counts of one API message; `input_tokens` leaves out the cache."""

    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    output_tokens_details: TokenDetails | None = None


class Block(msgspec.Struct, gc=False):
    """One block of content: text, thinking, tool_use, tool_result or image (whose data stays unparsed)."""

    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    input: msgspec.Raw = NO_RAW
    tool_use_id: str | None = None
    content: str | list[Block | str] | None = None
    is_error: bool | None = None


Content = str | list[Block | str] | None


class Message(msgspec.Struct, gc=False):
    """A message in the shape of the Anthropic API."""

    id: str | None = None
    role: str | None = None
    model: str | None = None
    content: Content = None
    stop_reason: str | None = None
    usage: Usage | None = None


class PreservedSegment(msgspec.Struct, gc=False, rename="camel"):
    head_uuid: str | None = None
    anchor_uuid: str | None = None


class CompactMetadata(msgspec.Struct, gc=False, rename="camel"):
    trigger: str | None = None
    pre_tokens: Count | None = None
    post_tokens: Count | None = None
    preserved_segment: PreservedSegment | None = None


class Origin(msgspec.Struct, gc=False):
    kind: str | None = None


class Attachment(msgspec.Struct, gc=False, rename="camel"):
    """What Claude Code adds to the conversation by itself; `queued_command` is what was typed while the agent ran."""

    type: str | None = None
    prompt: Content = None
    command_mode: str | None = None
    origin: Origin | None = None
    is_meta: bool | None = None
    timestamp: Timestamp = None
    content: msgspec.Raw = NO_RAW
    filename: str | None = None


class ForkedFrom(msgspec.Struct, gc=False, rename="camel"):
    session_id: str | None = None


class Line(msgspec.Struct, gc=False, rename="camel"):
    """A line of any type: the fields of all of them."""

    type: str | None = None
    subtype: str | None = None
    uuid: str | None = None
    parent_uuid: str | msgspec.UnsetType | None = msgspec.UNSET
    """None for a root; not set where the line does not say."""
    logical_parent_uuid: str | None = None
    session_id: str | None = None
    agent_id: str | None = None
    timestamp: Timestamp = None
    cwd: str | None = None
    version: str | None = None
    git_branch: str | None = None
    user_type: str | None = None
    entrypoint: str | None = None
    permission_mode: str | None = None
    effort: str | None = None
    is_sidechain: bool | None = None
    is_meta: bool | None = None
    is_compact_summary: bool | None = None
    is_api_error_message: bool | None = None
    origin: Origin | None = None
    forked_from: ForkedFrom | None = None
    request_id: str | None = None
    message: Message | None = None
    content: Content = None
    tool_use_result: msgspec.Raw = NO_RAW
    tool_denial_kind: str | None = None
    source_tool_assistant_uuid: str | None = msgspec.field(default=None, name="sourceToolAssistantUUID")
    compact_metadata: CompactMetadata | None = None
    attachment: Attachment | None = None
    cost_usd: float | None = msgspec.field(default=None, name="costUSD")


class ShownFile(msgspec.Struct, gc=False, rename="camel"):
    """A part of a file as the Read tool returned it."""

    file_path: str | None = None
    content: str | None = None
    start_line: Count | None = None
    total_lines: Count | None = None


class Hunk(msgspec.Struct, gc=False, rename="camel"):
    """A hunk of a structured patch; unlike in a unified diff, `new_start` of an empty range is not one lower."""

    new_start: Annotated[int, msgspec.Meta(ge=0, le=2**31)]
    lines: list[str]


class Commit(msgspec.Struct, gc=False):
    sha: str | None = None


class GitOperation(msgspec.Struct, gc=False):
    commit: Commit | None = None


class Details(msgspec.Struct, gc=False, rename="camel"):
    """`toolUseResult`: what the tool returned besides the text for the model; the fields of all tools."""

    type: str | None = None
    file_path: str | None = None
    content: msgspec.Raw = NO_RAW
    original_file: str | None = None
    structured_patch: msgspec.Raw = NO_RAW
    file: ShownFile | None = None
    notebook_path: str | None = msgspec.field(default=None, name="notebook_path")
    original_notebook: str | None = msgspec.field(default=None, name="original_file")
    updated_notebook: str | None = msgspec.field(default=None, name="updated_file")
    is_error: bool | None = msgspec.field(default=None, name="is_error")
    exit_code: Annotated[int, msgspec.Meta(ge=-(2**31), le=2**32)] | None = None
    interrupted: bool | None = None
    truncated: bool | None = None
    persisted_output_path: str | None = None
    duration_ms: float | None = None
    total_duration_ms: float | None = None
    duration_seconds: float | None = None
    git_operation: GitOperation | None = None


_HUNKS = msgspec.json.Decoder(list[Hunk])
_RAW_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RAW_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])


class LineDecoder:
    """Decodes a line as `Line`; raises msgspec.DecodeError where it is no JSON object."""

    def decode(self, data: bytes | str) -> Line:
        return tolerant(Line, data)


def tolerant(kind: type[S], data: bytes | str | msgspec.Raw) -> S:
    """A JSON object as a struct, without the fields whose type is wrong. Raises as msgspec does for anything else."""
    try:
        return cast(S, _decoder(kind).decode(data))
    except msgspec.ValidationError:
        values = _RAW_FIELDS.decode(data)
    known = {}
    for name, encoded_name, hint in _fields(kind):
        if encoded_name in values:
            known[name] = _field(hint, values[encoded_name])
    return kind(**{name: value for name, value in known.items() if value is not None})


def details(raw: msgspec.Raw) -> Details:
    """The details of a result; those of a failed call are mere text, and an extension's may be of any shape."""
    try:
        return tolerant(Details, raw) if raw else Details()
    except FAILURES:
        return Details()


def hunks(raw: msgspec.Raw) -> list[Hunk]:
    """The hunks of a structured patch; none where any of it cannot be read, since all later numbers depend on it."""
    try:
        return _HUNKS.decode(raw) if raw else []
    except FAILURES:
        return []


def blocks(content: Content) -> list[Block]:
    """Content as blocks; text is one of type text."""
    if content is None:
        return []
    items = [content] if isinstance(content, str) else content
    return [Block(type="text", text=item) if isinstance(item, str) else item for item in items]


def text_of(content: Content) -> str | None:
    """Text of a content: "" where it is empty, None where it holds no text (images, references)."""
    texts = [block.text for block in blocks(content) if block.text is not None]
    return "\n".join(texts) if texts or content == [] else None


def _field(hint: Any, raw: msgspec.Raw) -> Any:
    """A field's value as far as it can be read, else None."""
    try:
        return _decoder(hint).decode(raw)
    except FAILURES:
        pass
    for option in get_args(hint):
        if isinstance(option, type) and issubclass(option, msgspec.Struct):
            try:
                return tolerant(option, raw)
            except FAILURES:
                continue
        if get_origin(option) is list:
            return _items(option, raw)
    return None


def _items(hint: Any, raw: msgspec.Raw) -> list[Any] | None:
    try:
        listed = _RAW_ITEMS.decode(raw)
    except FAILURES:
        return None
    item = get_args(hint)[0]
    values = [_field(item if get_args(item) else item | None, value) for value in listed]
    return [value for value in values if value is not None]


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


@cache
def _fields(kind: type[msgspec.Struct]) -> list[tuple[str, str, Any]]:
    hints = get_type_hints(kind, include_extras=True)
    return [(field.name, field.encode_name, hints[field.name]) for field in msgspec.structs.fields(kind)]
