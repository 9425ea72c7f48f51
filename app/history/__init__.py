"""What people have asked, kept for each of them."""
