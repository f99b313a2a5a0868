"""What people are told: events, the messages made of them, and an outbox that keeps them until they are delivered."""
