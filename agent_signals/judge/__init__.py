"""A model as a judge of sessions: optional, off unless `AGENT_SIGNALS_JUDGE_URL` is set. See docs/judge.md."""
