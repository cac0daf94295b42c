"""What support is to achieve, and its sessions planned against delivered."""
