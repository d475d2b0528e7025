-- What models cost.

-- {"input": …, "output": …} in US dollars per million tokens, where the profile says so.
ALTER TABLE model_profiles ADD COLUMN price jsonb;
