"""The ledger of sends: planned in sets, claimed in batches, settled only by who holds the claim."""
