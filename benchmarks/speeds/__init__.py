"""What things cost, measured of one installation or of two in turn, and the goals for that."""
