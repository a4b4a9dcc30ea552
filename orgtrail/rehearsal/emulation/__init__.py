"""What moto lacks: the event bus, the delivery stream, Athena."""
