#!/usr/bin/env bash
# ablations.sh [FOLDER] - what plan is without its parts, as CR-Planner's paper asks: without
# retrieval, without the critic of sub-goals, without those of executions, and with 1, 2, 3 and 5
# candidates in place of 8.
set -euo pipefail
strategies=plan,plan+subgoals=reason,plan+critic=subgoal=none
strategies+=,plan+critic=execution:rationale=none+critic=execution:query=none+critic=execution:doc=none
strategies+=,plan+children=1+documents=1,plan+children=2+documents=2,plan+children=3,plan+children=5

exec "$(dirname "$0")/3-plan.sh" "${1:-crux-planner}" "$strategies" ablations
