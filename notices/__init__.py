"""What we tell people: rendering and delivering the notices that the engine owes."""
