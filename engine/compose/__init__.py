"""From a template and a customer's plain data to a message. Templates are untrusted code: see pool.py."""
