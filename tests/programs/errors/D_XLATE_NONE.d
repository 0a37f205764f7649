/*
 * @args: -xerrtags
 * @status: 1
 */
struct in { int i; };
struct out { int o; };
struct in *p;
BEGIN { trace(xlate<struct out>(p).o); exit(0); }
