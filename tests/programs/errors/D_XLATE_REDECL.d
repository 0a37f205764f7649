/*
 * @args: -xerrtags
 * @status: 1
 */
struct out { int o; };
translator struct out < int T > { o = T; };
translator struct out < int U > { o = U + 1; };
BEGIN { exit(0); }
