"""What pages show, ready to be laid out: view models without markup."""
