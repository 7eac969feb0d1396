"""The one place that asks over a network: an endpoint that speaks OpenAI's protocol, where one is set."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from agent_signals.judge.prompt import Message
from agent_signals.judge.settings import JudgeSettings, JudgeSettingsError

MOST_RETRIES = 2
"""Times that the client repeats a question that the endpoint was too busy or too slow to answer."""
MOST_ANSWER_TOKENS = 2_000


class NoAnswerError(Exception):
    """The endpoint gave none. The message is its reason: a word, never text that the endpoint sent."""


class Answer(NamedTuple):
    """What the endpoint said."""

    content: str
    input_tokens: int | None
    output_tokens: int | None


Ask = Callable[[list[Message], int], Answer]


def endpoint(settings: JudgeSettings) -> Ask:
    """A function that asks a question, with the number of the sample as its seed; safe in several threads."""
    try:
        import openai
    except ModuleNotFoundError as error:
        raise JudgeSettingsError("The judge needs the package openai: install agent-signals[judge].") from error

    client = openai.OpenAI(
        base_url=settings.url, api_key=settings.key, timeout=settings.timeout_s, max_retries=MOST_RETRIES
    )

    def ask(messages: list[Message], sample: int) -> Answer:
        try:
            completion = client.chat.completions.create(  # type: ignore[call-overload]
                model=settings.model,
                messages=messages,
                temperature=0,
                seed=sample,
                max_tokens=MOST_ANSWER_TOKENS,
                response_format={"type": "json_object"},
            )
        except openai.APITimeoutError as error:
            raise NoAnswerError("timeout") from error
        except openai.APIConnectionError as error:
            raise NoAnswerError("no_connection") from error
        except openai.APIStatusError as error:
            raise NoAnswerError(f"http_{error.status_code}") from error
        except (openai.OpenAIError, ValueError) as error:
            raise NoAnswerError("not_the_protocol") from error
        choices = getattr(completion, "choices", None)
        content = choices[0].message.content if choices else None
        if not isinstance(content, str) or not content:
            raise NoAnswerError("empty")
        usage = completion.usage
        return Answer(content, usage and usage.prompt_tokens, usage and usage.completion_tokens)

    return ask
