"""Who may ask and who may administer."""
