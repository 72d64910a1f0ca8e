"""Scorecards that a team makes itself: kept in versions, edited as drafts, published from a month on."""
