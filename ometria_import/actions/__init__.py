"""What commands do: each can be called, tells what happens as events, and prints nothing."""
