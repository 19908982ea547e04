"""The web's door: providers' hooks, the pages behind the letters, and how it all stands."""
