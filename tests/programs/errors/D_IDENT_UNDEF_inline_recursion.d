/*
 * @args: -xerrtags
 * @status: 1
 */
inline int fac = fac + 3;
BEGIN { exit(fac); }
