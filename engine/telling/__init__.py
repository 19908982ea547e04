"""What is found, told to people: in words, and as pages that both doors show."""
