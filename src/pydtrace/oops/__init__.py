"""Reading what is left of something that died: a kernel's oops, or a target of ours."""
