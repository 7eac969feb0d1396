-- depends_on: {{ ref('cue') }}
-- TV-13: sentences with a cue, not cues; a null text has no count
select *
from (
    values
    ('Actually, the bug is in lexer.py.', 1),
    ('Wait, that won''t work because...', 1),
    ('The server should wait for the lock.', 0),
    ('This is actually the right file.', 0),
    ('Let me reconsider. On second thought, revert.', 2),
    ('', 0),
    (null, null)
) as cases (text, expected)
where {{ cue_sentence_count('text', 'self_correction') }} is distinct from expected
