"""What Ometria knows of each object type, as one declarative list of fields."""
