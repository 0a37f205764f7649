/*
 * @args: -xerrtags
 * @status: 1
 */
struct out { int o; };
translator struct out < int T > { o = T; };
BEGIN { trace(xlate<struct out *>(3)); exit(0); }
