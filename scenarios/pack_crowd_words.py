"""Words the crowd is made of: invented streets and towns (no department 96 exists), common first names, rare surnames."""

from __future__ import annotations

WOMEN = (
    "Adèle Agathe Aïcha Aline Amandine Amina Anaïs Andrée Anne-Laure Anne-Sophie Armelle Assia Aurore Awa Bérengère Bernadette "
    "Bintou Blandine Brigitte Camille Carole Catherine Cécile Céline Chantal Charlène Chloé Claire Clarisse Clotilde Colette "
    "Coline Corinne Danièle Delphine Denise Djamila Dominique Édith Élise Élodie Éloïse Emma Estelle Eugénie Fanny Fatou Florence "
    "Gaëlle Geneviève Ghislaine Hafsa Hélène Huguette Inès Ingrid Irène Jacqueline Jeanne Joséphine Josette Judith Juliette "
    "Justine Karima Katell Laëtitia Leïla Léonie Lise Louise Lucette Lucie Ludivine Madeleine Maëlys Maïwenn Manon Margaux "
    "Marie-Claude Marie-Hélène Marielle Marlène Marthe Maryse Mathilde Maud Mélanie Micheline Mireille Monique Muriel Myriam "
    "Nadia Naïma Nathalie Nicole Noémie Nolwenn Odette Oriane Pascale Pauline Perrine Rachida Rose-Marie Sabine Salomé Sandrine "
    "Sarah Simone Solène Soizic Suzanne Sylvie Thérèse Thi-Lan Valérie Violette Yamina Yvette Zoé"
).split()
MEN = (
    "Abdel Adrien Alain Albert Alexis Amadou Anatole André Antoine Antonin Armand Arnaud Aurélien Bakary Baptiste Benjamin Benoît "
    "Bernard Brahim Bruno Cédric Christian Christophe Claude Clément Cyril Damien Daniel David Denis Didier Dimitri Édouard Émile "
    "Emmanuel Enzo Ernest Étienne Eugène Fabien Fabrice Farid Félix Fernand Florent Franck Gaël Gaspard Gérard Gilbert Gilles "
    "Grégoire Guillaume Guy Habib Henri Hervé Hugo Ibrahim Idriss Ismaël Jacques Jean-Claude Jean-Marc Jean-Pierre Jérémie Jérôme "
    "Joël Jonathan Joseph Julien Kévin Lassana Laurent Léon Loïc Lucas Ludovic Malik Marc-Antoine Marcel Mathieu Maurice Maxime "
    "Mehdi Michel Moussa Nicolas Noël Olivier Pascal Patrice Paul-Henri Philippe Quentin Raphaël Raymond Rémi René Ronan Roland "
    "Romain Samir Samuel Serge Stéphane Sylvain Tanguy Théo Thierry Thomas Tristan Valentin Victor Vincent Xavier Yann Yves "
    "Youssef"
).split()
SURNAMES = (
    "ABELLARD AGRINIER ALBARÈDE AMBRÉLIN ANCELOT-REY ARBOUSSIN ARCHIDEC AUBRELIN AUVERDON BAGUENAULT BAILLARGEOT BALSÉGUR "
    "BARANTIN BARDOUILLE BASTARDIN BEAUFRESNE BÉGLIN BELMERVEIL BEN-AYACHE BÉRANGIER BERTHELON BESSAGNET BIGORNAUD BLANCHERÉ "
    "BOISSIÈRES BOMPARTIN BONNEGARDE BORDELAIN BOUCHERAND BOUGLIONE-PRAT BOULANGEOT BOURDELAS BRÉHAULT BRIANDET BRUNELLIÈRE "
    "CABANTOUS CADOREL CAILLEBOT CALMEILLE CAMBRESAC CAMARA-LEROUX CANTEGREL CARBONDEAU CASTAGNOLE CHABRILLAC CHAMPREUX "
    "CHANTEREAU CHARDONNEY CHASSAGNOLE CHAUVELOT CISSOKHO-PETIT CLAIRGEON COATMELLEC COLOMBELLE COMBELONGUE CORBINEAU-FAY "
    "COUDERCHON COURTILLET CRÉMADEILLE DABREMONT DAGORNE DANSEREAU DARNAUDET DELABOUGLISE DELMASURE DENIZARD DESCAMBOURS "
    "DESROZIÈRES DIABATÉ-MOREL DIEULEFILS DOMERGUE-LY DORVALLE DUBREUILLE DUFOSSÉ-LANG DURANCEAU ÉCHARDOUR ESCALÈRE ESPÉRANDIEUX "
    "ESTAGNOL FABREGOULE FALGAIRAC FARGEOLLE FAUVERGUE FÉRAUDIN FLORENSOLLE FONTANGERE FOUGERAYE FRÉMONDIÈRE GABORIAUD GALLISSIAN "
    "GARANCIÈRE GASPAROUX GENESTOUX GERBELOT GIBRANDEL GODELIÈRE GOURMELONNE GRANDVALOT GRÉMILLET GUÉLARD GUILHAUMOU HADDAD-VIEL "
    "HAMELINAIS HAUTEBERGE HÉRISSEL HOUDEMARE JACQUELOT JAUBERTEAU JOUANNIC JUSSERANDOT KERANGALL KERBRIDOU KEÏTA-LANOË LABOUREIX "
    "LACHAUSSÉE LAFORGERIE LAMBERDIÈRE LANGLADIN LARROQUET LAUZERGUE LEBRASSEUR LE-GUENNOU LEMERVEIL LESTRADIN LHÉRITOT LIMOUSEAU "
    "LOMBARDET LOUSTALAN MADELGARD MAILLEBOIS MALAQUIN MARBEUILLE MARQUEZAC MASSARDIER MATHARAN MAUPERTON MEKHLOUFI-BRAY MÉRILLON "
    "MESNARDIN MIRAMBEAU MONTGAILLARDE MORTEMOUSQUE MOUSSARD-DIA NAVARRENX NGUYEN-TRÉMEL NOUGARÈDE OLLIVERAIN ORSONNEAU "
    "OUDINOT-SY PALANQUET PAPINEAUX PASTOURELLE PÉLISSIEUX PERDRIGEON PEYREFICHE PLANTADIS POMMERET PONTIVOIS PRADELLIN "
    "PUYGAUTHIER QUERELLOU QUINTALLET RABASTIN RAMILLON RASCLARD RÉGIMBEAU RICHARDIÈRE ROBESPIN ROCHETEAU-NG ROUQUEROL ROUVRELLE "
    "SABATHIÉ SAINTARD SAMBOURET SARRAZIGNAC SAUVEPLANE SEGONDY SÉNÉCHAULT SIBILLOT SOULAGEON TABARDEL TAILLEFERT-BA TERRASSON "
    "TESSONNEAU THÉVENARD TIRELOUP TOUSSENEL TRAORÉ-COLIN TRÉHOREL TURCANDE VACHERESSE VALADEILH VANDERMEULIN VAUGRENARD "
    "VERDELHAN VIGNERESSE VILLEDARY VOISENET WAGNEREAU YVERNAULT ZERBIBEAU"
).split()
TOWNS = (
    ("96100", "Valmérac-sur-Ouzelle"),
    ("96110", "Bellombre-sur-Ouzelle"),
    ("96120", "Saint-Cassin-des-Prés"),
    ("96130", "La Ferté-Morvelle"),
    ("96140", "Aubrecourt-le-Neuf"),
    ("96160", "Montfaluel"),
    ("96170", "Rochebelle-les-Pins"),
    ("96190", "Villeserre-en-Combe"),
    ("96210", "Ormevieille"),
    ("96220", "Chantegrive-la-Forêt"),
    ("96230", "Sainte-Aldegarde"),
    ("96240", "Saint-Orme-le-Haut"),
    ("96250", "Pontmarais"),
    ("96260", "Les Essarts-Bleus"),
    ("96270", "Lanvern-le-Bas"),
    ("96290", "Kerguidec-sur-Mer"),
    ("96310", "Fontclairière"),
    ("96320", "Courzac-les-Bains"),
    ("96330", "Bourg-Sellier"),
    ("96340", "Miravalle"),
    ("96360", "Grand-Tilleul"),
    ("96380", "Trois-Moulins-le-Vieux"),
    ("96410", "Castelbrun"),
    ("96430", "Peyrolac"),
    ("96450", "Port-Alizier"),
    ("96460", "L'Isle-aux-Sternes"),
    ("96480", "Brassac-le-Neuvin"),
    ("96490", "Vaucreuse"),
)
STREETS = (
    "rue des Tisserands-Gris, rue du Four-Banal, allée des Peupliers-Tors, avenue du Général-Imbert, boulevard des Deux-Lunes, "
    "chemin de la Croix-Basse, impasse du Puits-Sec, place de l'Horloge-Neuve, quai des Mariniers-Rouges, rue Adélaïde-Romarin, "
    "rue Basse-du-Moulin, rue de la Cigogne, rue de la Tour-Fendue, rue des Glycines-Hautes, rue des Trois-Fontaines-d'Or, rue du "
    "Colombier-Blanc, rue du Petit-Chanoine, rue Lucien-Fauvel, rue Marguerite-Desnos-Bray, route de Montfaluel, sentier des "
    "Vignes-Douces, square des Marronniers-Nains, traverse du Lavoir-Neuf, venelle du Chat-Huant"
).split(", ")
COMPANIES = (
    "Cabinet",
    "Atelier",
    "Garage",
    "Imprimerie",
    "Clinique vétérinaire",
    "Menuiserie",
    "Agence",
    "Pharmacie",
    "Étude",
    "Librairie",
    "Boulangerie",
    "Transports",
    "Laboratoire",
    "École de conduite",
    "Hôtel",
    "Restaurant",
    "Crèche",
    "Association",
    "Fleuriste",
    "Opticien",
    "Résidence",
    "Syndicat",
    "Jardinerie",
    "Quincaillerie",
)
COMPANY_NAMES = (
    "des Deux-Lunes",
    "Ouzelle",
    "Castelbrun",
    "du Vieux-Lavoir",
    "Chantegrive",
    "Montfaluel",
    "des Essarts",
    "Marbeuil & Fils",
    "Kerguidec",
    "Sainte-Aldegarde",
    "Grand-Tilleul",
    "du Pont-Marais",
    "Alizier",
    "de la Tour-Fendue",
    "Miravalle",
    "Peyrolac",
    "des Mariniers",
    "Vaucreuse",
    "Bellombre",
    "du Petit-Chanoine",
)
ROLES = (
    "gérante",
    "gérant",
    "office manager",
    "comptable",
    "directrice",
    "responsable des achats",
    "assistant de direction",
    "secrétaire générale",
)
RELAYS = (
    "Place des Halles-Neuves",
    "Tabac du Pont",
    "Épicerie Chantegrive",
    "Gare routière",
    "Presse de l'Horloge",
    "Fleurs & Cie",
    "Laverie des Deux-Lunes",
)
AGENTS = ("S. Morvan", "L. Abgrall", "K. Diarra", "M. Sauvat", "É. Pommier", "T. Nguyen", "R. Haddad", "C. Leroux")

# subject, result, codes, comment
TALKS: tuple[tuple[str, str, str, str], ...] = (
    ("Commande de capsules", "ABOUTI", "CDE_VALIDEE|REGLT_OK", "Commande habituelle, réglée par lien."),
    ("Commande de grains", "ABOUTI", "CDE_VALIDEE|VA_REFUSEE|REGLT_OK", "Boîte hermétique proposée, non retenue."),
    ("Commande et accessoire", "ABOUTI", "CDE_VALIDEE|VA_ACCEPTEE|REGLT_OK", "A pris le filtre à eau en plus."),
    ("Commande en rupture", "ABOUTI", "CDE_VALIDEE|SUBSTITUTION_OK|REGLT_OK", "Substitution acceptée sans difficulté."),
    ("Rupture, substitution refusée", "ABOUTI", "SUBSTITUTION_KO|ABANDON_PANIER", "Préfère attendre le réassort."),
    ("Paiement en attente", "ABOUTI", "CDE_VALIDEE|REGLT_ATTENTE", "Lien envoyé, paiement attendu dans la soirée."),
    ("Délai de livraison", "ABOUTI", "INFO_DONNEE", "Colis annoncé au relais pour le lendemain."),
    ("Colis non trouvé au relais", "ABOUTI", "INFO_DONNEE|ORIENTE_SERVICE", "Orientation vers la Logistique, numéro et horaires donnés."),
    ("Duplicata de facture", "ABOUTI", "DOC_ENVOYE", "Envoyé à l'adresse e-mail vérifiée."),
    ("Changement d'adresse", "ABOUTI", "MAJ_DOSSIER", "Nouvelle adresse enregistrée avec sa date d'effet."),
    ("Changement d'e-mail", "ABOUTI", "MAJ_DOSSIER", "Ancienne adresse fermée."),
    ("Question sur l'abonnement", "ABOUTI", "INFO_DONNEE", "Rappel de la durée d'engagement et du préavis."),
    ("Demande pour un proche", "ABOUTI", "TIERS_NON_AUTORISE|ORIENTE_SERVICE", "Pas de mandat ; marche à suivre expliquée."),
    ("Machine qui fuit", "ABOUTI", "RESOLU_N1", "Joint mal placé, remis pendant l'appel."),
    ("Voyant de détartrage", "ABOUTI", "RESOLU_N1", "Cycle lancé avec le kit, voyant éteint."),
    ("Café tiède", "ESCALADE_N2", "ESCALADE_N2", "Tests faits jusqu'à la remise à zéro, ticket transmis."),
    ("Code d'erreur persistant", "ESCALADE_N2", "ESCALADE_N2|GESTE_CO", "Ticket transmis, deux étuis offerts."),
    ("Colis abîmé", "ABOUTI", "RECLA_OUVERTE", "Photo reçue, réclamation ouverte."),
    ("Conseil sur les intensités", "ABOUTI", "CONSEIL_DONNE", "Orienté vers Aube et Lever."),
    ("Choix d'une machine", "ABOUTI", "CONSEIL_DONNE|DEVIS_ENVOYE", "Hésite entre Lune S et Lune M."),
    ("Appel de satisfaction", "NRP", "", ""),
    ("Appel de satisfaction", "REP", "", "Pas de message laissé."),
    ("Enquête après livraison", "ABOUTI", "ENQ_COMPLETE", "Douze questions, rien à signaler."),
    ("Rappel demandé", "RAPPEL", "RAPPEL_PREVU", "Préfère être rappelé en fin de journée."),
    ("Pause d'abonnement", "ABOUTI", "PAUSE", "Absent deux mois, livraisons suspendues."),
    ("Passage à la formule inférieure", "ABOUTI", "DOWNGRADE|RETENU_OFFRE", "Trop de capsules en stock."),
    ("Relance de paiement", "ABOUTI", "PROMESSE", "Oubli ; règlement promis sous huit jours."),
    ("Relance de paiement", "TIERS", "TIERS", "Conjoint au téléphone, aucune information donnée."),
    ("Prélèvement rejeté", "ABOUTI", "PAIEMENT_IMMEDIAT", "Changement de banque, réglé par lien pendant l'appel."),
    ("Faux numéro", "FAUX_NUM", "NPAI_TEL", "Le numéro n'est plus attribué à ce client."),
)
NOTES = (
    "Préfère être appelé après 18 h.",
    "Eau très calcaire, penser au filtre.",
    "Reçoit beaucoup, commandes doublées en décembre.",
    "Parler lentement.",
    "Interphone en panne : livrer en relais.",
    "N'aime que les cafés doux.",
    "A déjà eu un colis abîmé.",
    "Demande toujours la facture par e-mail.",
    "Machine offerte par ses enfants.",
    "Ne boit que du décaféiné le soir.",
)
TASKS = (
    ("Logistique", "Retrouver un colis", "Colis non trouvé au relais, client rappelé dès réponse."),
    ("SAV niveau 2", "Rappeler après test", "Vérifier que la machine chauffe après remise à zéro."),
    ("Comptes clients", "Vérifier un prélèvement", "Le client dit avoir été prélevé deux fois."),
    ("Service Retours", "Envoyer une étiquette", "Rétractation déclarée dans les délais."),
    ("Qualité", "Répondre à une réclamation", "Colis abîmé, photo au dossier."),
)
HOMONYMS: tuple[tuple[str, str, str, str], ...] = (
    ("Mme", "Odette", "VASSERAND", "MVL-204581"),
    ("Mme", "Odile", "VASSERANT", "MVL-201548"),
    ("M.", "Odilon", "VASSERAND", "MVL-208451"),
    ("M.", "Sébastien", "LORMIER", "MVL-201304"),
    ("M.", "Bastien", "LHORMIER", "MVL-203140"),
    ("Mme", "Bastienne", "LORMIER", "MVL-213401"),
    ("Mme", "Nadine", "CORBULON", "MVL-199470"),
    ("Mme", "Nadège", "CORBULLON", "MVL-194907"),
    ("M.", "Nathan", "CORBULON", "MVL-199740"),
    ("M.", "Régis", "TOURNEVEAU", "MVL-198827"),
    ("M.", "Rémi", "TOURNEVAULT", "MVL-189872"),
    ("Mme", "Joëlle", "FERRANDEZ", "MVL-205020"),
    ("Mme", "Joelle", "FERRANDISSE", "MVL-200502"),
    ("M.", "Tancrède", "BELLONTHE", "MVL-206611"),
    ("M.", "Hector", "PLESSIS", "MVL-206612"),
    ("M.", "Victor", "PLESSIS-VAUBAN", "MVL-206613"),
    ("Mme", "Inès", "CALVARES", "MVL-206614"),
    ("M.", "Jean-Pierre", "GRANDVALOT", "MVL-206615"),
    ("M.", "Jean Pierre", "GRANVALOT", "MVL-206616"),
    ("Mme", "Marie-Hélène", "LE-GUENNOU", "MVL-206617"),
    ("Mme", "Marie Hélène", "LEGUENNOU", "MVL-206618"),
    ("Mme", "Clémence", "VASSERAND", "MVL-206619"),
)
