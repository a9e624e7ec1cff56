"""What the five applications share: each part once, with real behaviour, on loopback only."""
