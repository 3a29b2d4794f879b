"""Units looked after: schedules, contracts, warranty, reminders. Knows the engine, and no form."""
