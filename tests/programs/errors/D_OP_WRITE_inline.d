/*
 * @args: -xerrtags
 * @status: 1
 */
inline int x = 1;
BEGIN { x = 2; exit(0); }
