"""How long events of viewers take: the engine, the same plan by hand, and what others would write first."""
