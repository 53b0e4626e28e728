"""The shape of what people post to sla."""
