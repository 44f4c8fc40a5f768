"""An emulator of the vendor with invented mail."""
