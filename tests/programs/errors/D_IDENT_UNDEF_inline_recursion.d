/*
 * @args: -xerrtags
 * @status: 1
 */
inline int fac[int n] = n < 2 ? 1 : n * fac[n - 1];
BEGIN { exit(fac[3]); }
