"""Control of the counter PC: what a grant is, what happens to it, and who may do what to it."""
