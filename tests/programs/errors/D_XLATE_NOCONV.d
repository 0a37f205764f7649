/*
 * @args: -xerrtags
 * @status: 1
 */
struct out { int o; int none; };
translator struct out < int T > { o = T; };
BEGIN { trace(xlate<struct out>(3).none); exit(0); }
