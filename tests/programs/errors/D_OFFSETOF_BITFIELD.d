/*
 * A bit-field has no offset in bytes.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { int x : 3; };
BEGIN { trace(offsetof(struct s, x)); exit(0); }
