/*
 * orchard.h - three finished trees made by hand, with what views of answers and steps must get
 * right.
 *
 * Tree 0, `pears`, has pictures and a mark for one of them in its text, which ends in blanks:
 *
 *     0  the problem                                    visits
 *     1    Take é:\v  3 * 4 = 12          score 1.0       6      a step of two lines
 *     2      So 12.                       score 1.0       2
 *     3      So 13, see <image>.          score 0.25      1
 *     4      Hm.                                          1      only an unknown answer
 *     5    3 + 4 = 7                      score 0.0       1      the value critic likes it
 *     6      So 7.                                        1      an only child
 *     7    4 * 3 = 12                                     4      as good as node 1
 *     8    (blank)                                        0
 *
 *     rollout 0  at 2: -                  right  12
 *     rollout 1  at 3: -                  wrong  13
 *     rollout 2  at 6: -                  wrong   7
 *     rollout 3  at 7: So 12. / Done ✓    right  12     a judge has looked at its steps
 *     rollout 4  at 7: So 11.             wrong  11     reward 0.25
 *     rollout 5  at 0: -                  unknown       an empty answer
 *     rollout 6  at 1: So 12.             right  12     the path of rollout 0 again
 *     rollout 7  at 4: Yes.               unknown
 *     rollout 8  at 7: So 12. / Done ✓    right  12     the path of rollout 3 again
 *
 *     pair 0  rollouts 1 and 0, one step shared, the second is proved wrong
 *     pair 1  rollouts 2 and 0, no step shared
 *     pair 2  rollouts 4 and 3, one step shared
 *
 * Of node 1 and of rollout 3 the tokens are known. Tree 1, `fog`, has unknown answers alone. Tree
 * 2, `clear`, has three right answers, no wrong one, and no reference answer; the first two say
 * nearly the same.
 *
 * Constant; nothing is to be freed.
 */
#ifndef TESTS_ORCHARD_H
#define TESTS_ORCHARD_H

#include "io/views/view.h"

enum { ORCHARD_TREES = 3 };

/* with_images: pictures belong to tree 0. */
struct view_tree orchard_tree(size_t index, bool with_images);

#endif
