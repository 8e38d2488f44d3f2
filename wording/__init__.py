"""What officers read, in zh and en: findings, dates, corrections and errors as sentences."""
