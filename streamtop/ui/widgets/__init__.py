"""What the screens are made of. A widget shows one piece of data and knows no app."""
