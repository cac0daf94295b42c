"""What has to be done by the clock: which jobs there are, when each is due, and running them once, whoever asks."""
