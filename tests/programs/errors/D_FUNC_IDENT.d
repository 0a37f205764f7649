/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { (3)(4); exit(0); }
