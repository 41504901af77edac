"""What every engine of the index agrees on: the records that it takes and gives, and how values are packed. No SQL here."""
