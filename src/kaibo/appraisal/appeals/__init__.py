"""Appeals: a person disputes a line, a rating or a fact of a published review, and somebody independent decides."""
