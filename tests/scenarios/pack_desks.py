"""A pack with a questionnaire, a tree, a grid and campaigns, for tests that read or spoil them."""

from __future__ import annotations

from pathlib import Path

from .pack_folders import skeleton

FILES = {
    "questionnaires/livraison.yaml": """version: "2"
title: Votre livraison
minutes: 4
opening: "Bonjour, au sujet de la livraison du {J-10|date}."
questions:
  - id: Q1
    text: De 0 à 10, êtes-vous satisfait de la livraison ?
    type: échelle
    low_label: pas du tout
    high_label: tout à fait
    routes:
      - {values: [9, 10], go: Q3}
  - id: Q2
    text: Que s'est-il passé ?
    type: ouverte
  - id: Q3
    text: Qui a reçu le colis ?
    type: fermée
    nsp: false
    choices:
      - {code: A, label: vous}
      - {code: B, label: quelqu'un d'autre}
    routes:
      - {values: B, go: fin}
quotas:
  - {cell: Nord, wanted: 20}
  - {cell: Sud, wanted: 30}
""",
    "trees/voyant.yaml": """id: voyant-orange
version: "1"
title: Voyant orange
products: [PRODUIT-A]
start: eau
nodes:
  - id: eau
    title: Y a-t-il de l'eau ?
    branches:
      - {result: oui, go: reset}
      - {result: non, go: remplir}
  - id: reset
    title: Redémarrer
    branches:
      - {result: revient, go: n2}
      - {result: éteint, go: fini}
  - {id: remplir, title: Remplir, ending: résolu N1}
  - {id: fini, title: Réglé, ending: résolu N1, benefit: de nouveau prête}
  - {id: n2, title: Niveau 2, ending: escaladé N2}
""",
    "retention.yaml": """id: grille
version: "1"
title: Grille de rétention
offers:
  - {id: conseil, label: Rappel des usages, nature: conseil, rank: 1}
  - {id: douceur, label: Formule douce, nature: formule, rank: 2, product_id: PRODUIT-B, for_products: PRODUIT-A}
  - {id: remise, label: Remise fidélité, nature: remise, rank: 3, from_months: 12, discount_percent: 15, discount_months: 6}
  - {id: pause, label: Pause, nature: pause, rank: 3, to_months: 12, pause_months: 2}
""",
    "campaigns.yaml": """campaigns:
  - {id: livraison, title: Satisfaction livraison, questionnaire: livraison}
  - {id: essais, title: Essais gratuits}
""",
}
PERSON = """
subscription:
  - {id: abo, product_id: PRODUIT-A}
campaign_target:
  - {campaign_id: livraison, quota_cell: Nord}
survey:
  - questionnaire_id: livraison
    campaign_id: livraison
    quota_cell: Sud
    answers:
      - {question_id: Q1, value: "8"}
ticket:
  - tree_id: voyant-orange
    path:
      - {node: eau, result: oui}
      - {node: reset, result: revient}
amendment:
  - {subscription_id: abo, offer_rule: remise}
"""


def desks(tmp_path: Path) -> Path:
    pack = skeleton(tmp_path)
    for name, text in FILES.items():
        (pack / name).parent.mkdir(exist_ok=True)
        (pack / name).write_text(text, encoding="utf-8")
    file = pack / "people/durand-alix.yaml"
    file.write_text(file.read_text(encoding="utf-8") + PERSON, encoding="utf-8")
    return pack
