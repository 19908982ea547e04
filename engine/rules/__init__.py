"""Rule documents: what they may say, what they mean in SQL, and in English."""
