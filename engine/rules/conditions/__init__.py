"""One file per condition or close family: fields, SQL, English and an example. `ls` is the catalogue."""
