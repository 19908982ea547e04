"""The file formats that can be imported, one a file."""
