-- A refresh token's sealed string stands with itself, no longer with the token that it succeeds.

UPDATE tokens SET sealed = (SELECT sealed FROM tokens AS before WHERE before.id = tokens.predecessor_id)
WHERE superseded_at IS NULL
    AND predecessor_id IN (SELECT id FROM tokens WHERE sealed IS NOT NULL);
UPDATE tokens SET sealed = NULL WHERE superseded_at IS NOT NULL AND sealed IS NOT NULL;
