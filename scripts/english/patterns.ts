/** Words and turns of phrase that hide who does what, each with the words to use. */
export interface Pattern {
  readonly name: string;
  readonly regex: RegExp;
  /** Headings are noun phrases, which the pattern would take for sentences. */
  readonly notInHeadings?: boolean;
}

export const PATTERNS: readonly Pattern[] = [
  {
    name: 'name the thing first (not "What …", "Whoever …")',
    regex: /^(What|Whatever|Who|Whose) (?!(is|are|was|were|does|do|did|if|about|to|you|we|can|should|will|csmm)\b)[^?]*$/,
    notInHeadings: true,
  },
  { name: 'no one, another process, an operator (not "nobody", "somebody")', regex: /\b(nobody|anybody|somebody|everybody)\b/i },
  {
    name: '"if" for a condition (not "where")',
    regex:
      /\b(undefined|null|true|false|none|absent|nothing|empty)[`']? where\b|^Where (it|a|an|the|there|no|nobody|one|AWS|csmm)\b|@throws \w+ where\b/i,
  },
  {
    name: 'shows, reports, returns (not "tells")',
    regex: /\btells\b(?! (\w+ ){0,2}(you|us|me)\b)|\b(does|do|did|which|items?|APIs?) (not )?tell\b/i,
  },
  {
    name: 'a word of today (must, will, again, without approval, later)',
    regex: /\b(shall|whoever|whomever|anew|unasked|thereof|therein|wherein|whence|herein|forthwith|lest|mighty|meanwhile|soever)\b/i,
  },
  { name: 'evaluate, decide (not "judge")', regex: /\bjudg(e|es|ed|ing)\b/i },
  { name: 'only (not "alone")', regex: /(?<!let )(?<!is )(?<!be )\balone\b/i },
  {
    name: 'a read, an API read, a scoring run (not "a reading", "a scoring")',
    regex: /\b(a|each|fresh|one|this) (reading|scoring)\b(?! run)|\b(readings|scorings)\b/i,
  },
  { name: 'is in, is stored in (not "stands")', regex: /\b(stands?|stood)\b(?! (for|out|up|alone))/i },
  { name: 'remediate, fix (not "put right")', regex: /\bput(s|ting)? (\w+ ){0,3}right\b/i },
  {
    name: 'roll back, restore (not "take back", "bring back")',
    regex: /\b(take|takes|taken|took) (\w+ )?back\b|\bbr(ing|ings|ought|inging) (\w+ ){0,4}back\b/i,
  },
  { name: 'is reported, is passed (not "is told")', regex: /\b(is|are|was|were|be|been) told\b/i },
  { name: 'name who decides (not "it is decided")', regex: /\b(it|that) is (decided|asked|noted|believed|said)\b|\bis given up\b/i },
  { name: 'there is no … (not "is none")', regex: /\b(is|are|was|were) none\b/i },
  { name: 'in addition to, next to (not "beside")', regex: /\bbeside\b/i },
  {
    name: 'whose, with (not "of which")',
    regex: /(?<!one )(?<!some )(?<!all )(?<!any )(?<!each )(?<!both )(?<!most )\bof (which|whom|whose)\b/i,
  },
  {
    name: 'continues, stops (not "goes on", "breaks off")',
    regex: /\b(goes|go|went|gone) on\b(?! (to|a|the)\b)|\bbr(eaks?|oke|oken) off\b/i,
  },
  { name: 'is not a … (not "is no …")', regex: /(?<!here )\b(is|are|was|were) no (?!longer|more|less|different|way|need|reason)\w+/i },
  { name: 'send to the dead-letter queue (not "park")', regex: /\bpark(s|ed|ing)?\b/i },
  { name: 'fix, recover, retry (not "mend", "make good")', regex: /\bmend(s|ed|ing)?\b|\bma(de|kes?) (up for|good)\b/i },
  { name: 'end with the noun (not "without.", "beside.")', regex: /\b(without|beside|behind)(?=[.;,:)]|$)/i },
  { name: 'covered by an exception, exempt (not "spared")', regex: /\bspar(es|ed)\b/i },
  { name: 'only, all except (not "nothing but", "all but")', regex: /\b(nothing|all|none) but\b/i },
  { name: 'fires (an alarm does not ring)', regex: /\brings?\b/i },
  { name: 'such as A and B (not "and the like")', regex: /\band the like\b/i },
];

/** Sound sentences that a pattern takes for others, by a part of them. Keep the list short, and rewrite the sentence if you can. */
export const SOUND_SENTENCES: readonly string[] = [];
