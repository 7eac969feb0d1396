"""What the file as a whole says twice, and where: known before its entries are made."""

from __future__ import annotations

from collections import Counter

from loaders.formats.codex.lines import Step, message_text, table


class Outline:
    """Notes of one pass over the file."""

    def __init__(self) -> None:
        self.user_texts: Counter[str] = Counter()
        """Texts of user_message events."""
        self.has_user_turns = False
        self.has_compacted_lines = False
        self.has_aborts = False
        self.speech = "item_completed"
        """Which lines hold what the agent said: response_item, else event_msg, else item_completed."""

    def note(self, step: Step) -> None:
        """One line of the file."""
        match step.group, step.kind:
            case "event_msg", "user_message":
                self.has_user_turns = True
                self.user_texts[message_text(step).strip()] += 1
            case "event_msg", "item_completed":
                self.has_user_turns |= table(step.payload.item).get("type") == "UserMessage"
            case "event_msg", "turn_aborted":
                self.has_aborts = True
            case "event_msg", "agent_message":
                self.speech = "event_msg" if self.speech == "item_completed" else self.speech
            case "compacted", _:
                self.has_compacted_lines = True
            case "response_item", "message" if step.payload.role == "assistant":
                self.speech = "response_item"
