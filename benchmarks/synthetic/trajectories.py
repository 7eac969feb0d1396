"""A scripted run as a trajectory: native mini-swe-agent 2, or ATIF. User messages and events have no place there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from benchmarks.synthetic.script import Call, Item, Json, Step, Usage, epoch_ms, stamp, timeline


def _steps(items: Sequence[Item], started: datetime) -> list[tuple[Step, datetime, list[datetime]]]:
    steps: list[tuple[Step, datetime, list[datetime]]] = []
    for item, moment in timeline(items, started):
        if isinstance(item, Step):
            steps.append((item, moment, []))
        elif isinstance(item, Call):
            steps[-1][2].append(moment)
    return steps


def _observation(call: Call) -> str:
    return json.dumps({"returncode": call.exit_code, "output": call.output})


def mini_swe_trajectory(
    items: Sequence[Item], task: str, started: datetime, model: str, submission: str, instance_id: str
) -> Json:
    """A native trajectory of mini-swe-agent 2 whose only tool is `bash`."""
    messages: list[Json] = [
        {"role": "system", "content": "You are a helpful assistant that can interact with a computer."},
        {"role": "user", "content": task},
    ]
    cost = 0.0
    for index, (step, moment, results) in enumerate(_steps(items, started)):
        usage = step.usage or Usage(0, 0)
        cost += usage.cost["total"]
        ids = [f"bash_{index}_{number}" for number in range(len(step.calls))]
        extra = {
            "actions": [
                {"command": call.arguments["command"], "tool_call_id": call_id}
                for call, call_id in zip(step.calls, ids, strict=True)
            ],
            "cost": usage.cost["total"],
            "timestamp": epoch_ms(moment) / 1000,
            "response": {"id": f"chatcmpl-synthetic-{index}", "model": model, "usage": _openai_usage(usage)},
        }
        message: Json = {"role": "assistant", "content": step.text, "tool_calls": _openai_calls(step, ids)}
        if step.thinking:
            message["reasoning_content"] = step.thinking
        messages.append({**message, "extra": extra})
        for call, call_id, ended in zip(step.calls, ids, results, strict=True):
            result = {
                "raw_output": call.output,
                "returncode": call.exit_code,
                "timestamp": epoch_ms(ended) / 1000,
                "exception_info": "",
            }
            messages.append({"role": "tool", "tool_call_id": call_id, "content": _observation(call), "extra": result})
    outcome = {"exit_status": "Submitted", "submission": submission}
    messages.append({"role": "exit", "content": submission, "extra": outcome})
    info = {
        "model_stats": {"instance_cost": round(cost, 8), "api_calls": len(_steps(items, started))},
        "config": {"agent_type": "synthetic", "model": {"model_name": model}},
        "mini_version": "2.4.6",
        **outcome,
    }
    return {
        "info": info,
        "messages": messages,
        "trajectory_format": "mini-swe-agent-1.1",
        "instance_id": instance_id,
    }


def _openai_usage(usage: Usage) -> Json:
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.output,
        "total_tokens": usage.prompt + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def _openai_calls(step: Step, ids: Sequence[str]) -> list[Json]:
    return [
        {"id": call_id, "type": "function", "function": {"name": call.tool, "arguments": json.dumps(call.arguments)}}
        for call, call_id in zip(step.calls, ids, strict=True)
    ]


def atif_trajectory(
    items: Sequence[Item],
    session_id: str,
    task: str,
    started: datetime,
    agent: str,
    model: str,
    *,
    converted_from: str | None = None,
) -> Json:
    """An ATIF trajectory. Like the real ones it links no result to its call; a converted one has lost its reasoning."""
    observation = _observation if converted_from else lambda call: call.output
    steps: list[Json] = [{"step_id": 1, "source": "user", "message": task}]
    for step, moment, _ in _steps(items, started):
        row: Json = {
            "step_id": len(steps) + 1,
            "timestamp": stamp(moment),
            "source": "agent",
            "model_name": model,
            "message": step.text,
        }
        if step.thinking and converted_from is None:
            row["reasoning_content"] = step.thinking
        if step.calls:
            row["tool_calls"] = [
                {
                    "tool_call_id": f"call_{row['step_id']}_{number}",
                    "function_name": call.tool,
                    "arguments": call.arguments,
                }
                for number, call in enumerate(step.calls)
            ]
            row["observation"] = {"results": [{"content": observation(call)} for call in step.calls]}
        if step.usage:
            row["metrics"] = {
                "prompt_tokens": step.usage.prompt,
                "completion_tokens": step.usage.output,
                "cached_tokens": step.usage.cache_read,
            }
        steps.append(row)
    usages = [step.usage for step, _, _ in _steps(items, started) if step.usage]
    trajectory: Json = {
        "schema_version": "ATIF-v1.6",
        "session_id": session_id,
        "agent": {"name": agent, "version": "0.0-synthetic", "model_name": model},
        "steps": steps,
        "final_metrics": {
            "total_prompt_tokens": sum(usage.prompt for usage in usages),
            "total_completion_tokens": sum(usage.output for usage in usages),
            "total_cached_tokens": sum(usage.cache_read for usage in usages),
            "total_steps": len(steps),
        },
    }
    if converted_from:
        trajectory["agent"]["extra"] = {"original_format": converted_from}
        trajectory["notes"] = "Converted from mini-swe-agent trajectory format to ATIF"
    return trajectory
